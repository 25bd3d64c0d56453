// A live scene without a kernel: the picture of each state is in the page, packed, or in a file.
(() => {
  "use strict";

  const unpacked = async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  };

  // A script that says `lrteachPictures["x.js"] = "..."`: a page of a file may load no other data.
  const fetched = (name) => new Promise((done, fail) => {
    const script = made("script", { src: name });
    script.onload = () => done(window.lrteachPictures[name.split("/").pop()]);
    script.onerror = fail;
    document.head.append(script);
  });

  const made = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const nearest = (places, place) => {
    const away = places.map((one) => Math.abs(one - place));
    return away.indexOf(Math.min(...away));
  };

  // What stands in the address, as [name, words]; what has no words is a place in the page.
  const address = () => [...new URLSearchParams(location.hash.slice(1))].filter(([, words]) => words);

  class Scene {
    constructor(figure, number, alone) {
      this.figure = figure;
      this.prefix = alone ? "" : `${number}.`; // of its names in the address
      this.find = (selector) => figure.querySelector(selector);
      const begin = JSON.parse(this.find(".lrteach-begin").textContent);
      this.controls = begin.controls;
      this.backgrounds = begin.backgrounds;
      this.backgrounds[begin.background] = this.find(".lrteach-layers > div").innerHTML;
      this.state = this.controls.map((control) => control.begin);
      this.build();
      new IntersectionObserver((seen, observer) => {
        if (seen.some((one) => one.isIntersecting)) {
          observer.disconnect();
          this.load();
        }
      }, { rootMargin: "200px" }).observe(figure);
      const first = address()[0]?.[0];
      if (!alone && first?.startsWith(this.prefix)) {
        for (let at = figure; (at = at.parentElement?.closest("details"));) at.open = true;
        figure.scrollIntoView();
      }
    }

    async load() {
      const packed = this.find(".lrteach-pictures");
      this.data = await unpacked(packed ? packed.textContent : await fetched(this.figure.dataset.pictures));
      this.read();
      this.show();
      window.addEventListener("hashchange", () => {
        this.read();
        this.show();
      });
      this.figure.dataset.ready = "yes";
    }

    build() {
      this.inputs = this.controls.map((control, k) => {
        const id = `lrteach-${this.prefix}${control.name}`;
        const label = made("label", { htmlFor: id, textContent: control.label });
        const row = made("div");
        let input;
        if (control.kind === "choice") {
          input = made("select", { id }, ...control.words.map((word) => made("option", { textContent: word })));
          input.addEventListener("input", () => this.move({ [k]: input.selectedIndex }));
          row.append(label, input);
        } else if (control.kind === "toggle") {
          input = made("input", { id, type: "checkbox" });
          input.addEventListener("input", () => this.move({ [k]: Number(input.checked) }));
          row.append(input, label);
        } else if (control.kind === "button") {
          input = made("button", { id, type: "button", textContent: control.label });
          input.addEventListener("click", () => this.move({ [k]: 1 - this.state[k] }));
          row.append(input);
        } else {
          const last = control.words.length - 1;
          input = made("input", { id, type: "range", min: 0, max: last, step: 1 });
          input.addEventListener("input", () => this.move({ [k]: Number(input.value) }));
          if (control.kind === "play") row.append(...this.player(k, last));
          row.append(label, input, made("output", { htmlFor: id }));
          row.classList.toggle("wide", control.kind === "play");
        }
        this.find(".lrteach-controls").append(row);
        return { row, input };
      });
      this.mark();
    }

    player(k, last) {
      const play = made("button", { type: "button", textContent: "play" });
      const pause = () => {
        clearInterval(this.clock);
        this.clock = undefined;
        play.textContent = "play";
      };
      play.addEventListener("click", () => {
        if (this.clock) return pause();
        if (this.state[k] === last) this.move({ [k]: 0 });
        play.textContent = "pause";
        this.clock = setInterval(() => {
          this.move({ [k]: Math.min(this.state[k] + 1, last) });
          if (this.state[k] === last) pause();
        }, this.controls[k].interval);
      });
      const steps = [["step back", -1], ["step on", 1]].map(([textContent, way]) => {
        const button = made("button", { type: "button", textContent });
        button.addEventListener("click", () => {
          pause();
          this.move({ [k]: Math.max(0, Math.min(last, this.state[k] + way)) });
        });
        return button;
      });
      return [play, ...steps];
    }

    // A click in a panel moves the sliders of its coordinates; it may be drawn along.
    panels() {
      this.find(".lrteach-layers").querySelectorAll(".lrteach-panel").forEach((panel) => panel.remove());
      this.panel = this.data.clicks[this.background].map(({ place, controls, stops }) => {
        const [left, top, width, height] = place.map((side) => `${100 * side}%`);
        const panel = made("div", { className: "lrteach-panel" });
        Object.assign(panel.style, { left, top, width, height });
        const moved = (event) => {
          if (!panel.hasPointerCapture(event.pointerId)) return;
          const box = panel.getBoundingClientRect();
          const at = [(event.clientX - box.left) / box.width, (box.bottom - event.clientY) / box.height];
          this.move(Object.fromEntries(controls.map((k, axis) => [k, nearest(stops[axis], at[axis])])));
        };
        panel.addEventListener("pointerdown", (event) => {
          if (event.button !== 0) return;
          panel.setPointerCapture(event.pointerId);
          moved(event);
        });
        panel.addEventListener("pointermove", moved);
        this.find(".lrteach-layers").append(panel);
        return panel;
      });
    }

    move(stops) {
      Object.assign(this.state, stops);
      for (const k in stops) Object.assign(this.state, this.data?.sets[k]?.[stops[k]]);
      this.show();
      this.write();
    }

    // what stands in the address: #lr=1.9&start=-5

    read() {
      const asked = new Map(address());
      this.controls.forEach((control, k) => {
        const word = asked.get(this.prefix + control.name);
        let stop = control.words.indexOf(word);
        if (stop < 0 && word && control.kind !== "choice" && Number.isFinite(Number(word)))
          stop = nearest(control.words.map(Number), Number(word));
        if (stop >= 0) this.state[k] = stop;
      });
    }

    write() {
      clearTimeout(this.writing);
      this.writing = setTimeout(() => {
        const own = this.controls.map((control, k) => [this.prefix + control.name, control.words[this.state[k]]]);
        const names = own.map(([name]) => name);
        const others = address().filter(([name]) => !names.includes(name));
        history.replaceState(null, "", `#${new URLSearchParams([...own, ...others])}`);
      }, 200);
    }

    // what is seen

    mark() {
      this.inputs.forEach(({ row, input }, k) => {
        const { kind, words } = this.controls[k], stop = this.state[k];
        if (kind === "choice") input.selectedIndex = stop;
        else if (kind === "toggle") input.checked = Boolean(stop);
        else if (kind === "button") input.setAttribute("aria-pressed", String(Boolean(stop)));
        else {
          input.value = stop;
          input.setAttribute("aria-valuetext", words[stop]);
          row.querySelector("output").textContent = words[stop];
        }
      });
    }

    show() {
      this.mark();
      if (!this.data) return;
      let number = 0;
      for (let k = this.controls.length - 1; k >= 0; k--)
        number = number * this.controls[k].words.length + this.state[k];
      const [parts, background, error, hidden] = this.data.frames[this.data.at[number]];
      const layers = this.find(".lrteach-layers"), overlay = this.find(".lrteach-overlay");
      layers.querySelector(".lrteach-error")?.remove();
      if (this.background !== background) {
        layers.firstElementChild.innerHTML = this.backgrounds[background];
        this.background = background;
        this.panels();
      }
      if (error) layers.append(made("div", { className: "lrteach-error", role: "alert", textContent: error }));
      else overlay.innerHTML = parts.map((part) => this.data.parts[part]).join("");
      this.inputs.forEach(({ row }, k) => { row.hidden = hidden.includes(k); });
      clearTimeout(this.telling);
      this.telling = setTimeout(() => {
        this.find("figcaption").textContent = overlay.firstElementChild.getAttribute("aria-label");
      }, 250);
    }
  }

  const figures = [...document.querySelectorAll(".lrteach-scene")];
  figures.forEach((figure, k) => new Scene(figure, k + 1, figures.length === 1));
})();
