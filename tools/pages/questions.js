// The predictions of the course without a kernel: they answer as lrteach.course.predict does.
const lrteachQuestions = (() => {
  "use strict";

  const LONGEST = 60, SEEN = 30, CLOSE = 0.01, ROUNDING = 1e-9;
  const GREEN = "#009E73", BLUE = "#0072B2", ORANGE = "#E69F00";

  // numbers as people type them

  const SIGNS = {
    "−": "-", "–": "-", "—": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/", "\u2044": "/", "^": "**",
    "、": ",", "≈": "", "~": "",
  };

  const inAscii = (text) => {
    const powers = text.replace(/[⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, (power) => `**${power}`);
    const plain = [...powers].map((letter) => {
      const same = letter.normalize("NFKC");
      return same.includes("\u2044") ? `(${same})` : same;
    }).join("");
    return [...plain].map((letter) => SIGNS[letter] ?? letter).join("").trim().replace(/^=/, "").trim();
  };

  const withoutUnit = (text, unit) =>
    unit && text.toLowerCase().endsWith(unit.toLowerCase()) ? text.slice(0, text.length - unit.length).trim() : text;

  const ungrouped = (found) =>
    found.split(",").length > 2 || found.includes(".") ? found.replaceAll(",", "") : found;

  // With a point for the decimal comma, and without what groups its digits.
  const withPoints = (text) => {
    text = text.replace(/(?<=\d)[ '’](?=\d{3}(?!\d))/g, "").replace(/(?<![\d.,])0+(?=\d)/g, "");
    if (/(?<![\d.,])[1-9]\d{0,2},\d{3}(?![\d,.])/.test(text)) {
      const withPoint = text.replaceAll(",", "."), whole = text.replaceAll(",", "");
      throw new Error(`“${text}” can be read in two ways. Type ${withPoint} or ${whole}.`);
    }
    return text.replace(/\d{1,3}(,\d{3})+(\.|(?![\d,]))/g, ungrouped).replaceAll(",", ".");
  };

  class NoArithmetic extends Error {}
  class ByZero extends Error {}

  // The value of an arithmetic expression, with Python's powers: -2**2 is -4, 2**3**2 is 2**9.
  const calculated = (text) => {
    const pieces = [];
    const piece = /\s*((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|\*\*|[-+*/()])/y;
    for (text = text.trim(); piece.lastIndex < text.length;) {
      const found = piece.exec(text);
      if (!found) throw new NoArithmetic();
      pieces.push(found[1]);
    }
    const next = (...wanted) => (wanted.includes(pieces[0]) ? pieces.shift() : undefined);

    const sum = () => {
      let value = product();
      for (let sign; (sign = next("+", "-"));) value = sign === "+" ? value + product() : value - product();
      return value;
    };
    const product = () => {
      let value = signed();
      for (let sign; (sign = next("*", "/"));) {
        const other = signed();
        if (sign === "/" && other === 0) throw new ByZero();
        value = sign === "*" ? value * other : value / other;
      }
      return value;
    };
    const signed = () => {
      const sign = next("+", "-");
      return sign === "-" ? -signed() : sign ? signed() : power();
    };
    const power = () => {
      const base = single();
      if (!next("**")) return base;
      const exponent = signed();
      if (base < 0 && !Number.isInteger(exponent)) throw new NoArithmetic();
      if (base === 0 && exponent < 0) throw new ByZero();
      return base ** exponent;
    };
    const single = () => {
      if (next("(")) {
        const value = sum();
        if (!next(")")) throw new NoArithmetic();
        return value;
      }
      if (!/^[\d.]/.test(pieces[0] ?? "")) throw new NoArithmetic();
      return Number(pieces.shift());
    };

    const value = sum();
    if (pieces.length) throw new NoArithmetic();
    return value;
  };

  const parse = (text, unit = "") => {
    const typed = text.split(/\s+/).filter(Boolean).join(" ");
    if (!typed) throw new Error("Type a number first.");
    if ([...typed].length > LONGEST) throw new Error("This is too long. Type one number, such as 1.25 or 5/4.");
    const plain = withoutUnit(inAscii(typed), inAscii(unit));
    if (["inf", "infinity", "nan", "∞"].includes(plain.toLowerCase().replace(/^[-+() ]+|[-+() ]+$/g, "")))
      throw new Error("Type a number that is finite.");
    if (plain.includes("%")) throw new Error("No percentage is asked for. Leave out the % and type the number alone.");
    const pointed = withPoints(plain);
    let value;
    try {
      if (!/^[\d.eE+\-*/() ]+$/.test(pointed)) throw new NoArithmetic();
      value = calculated(pointed);
    } catch (error) {
      const seen = typed.length <= SEEN ? typed : `${typed.slice(0, SEEN)} ...`;
      if (error instanceof ByZero) throw new Error(`“${typed}” divides by 0. Type a number.`);
      throw new Error(`“${seen}” is no number. Type one such as 1.25, 5/4 or 1e-3.`);
    }
    if (!Number.isFinite(value)) throw new Error("This number is too large for a computer. Type a smaller one.");
    return value;
  };

  // A number as a sentence says it: 1.25, 44, 190,000. Python's ".4g" for what is not whole.
  const inWords = (number) => {
    if (Number.isInteger(number) && Math.abs(number) < 1e9)
      return Math.abs(number) >= 1e5 ? number.toLocaleString("en-US") : String(number);
    const [digits, power] = number.toExponential(3).split("e");
    const exponent = Number(power);
    const short = (words) => (words.includes(".") ? words.replace(/\.?0+$/, "") : words);
    if (exponent >= -4 && exponent < 4) return short(number.toFixed(3 - exponent));
    return `${short(digits)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  };

  // what is said

  class Asked {
    constructor(known) {
      Object.assign(this, known);
    }

    read(entered) {
      if (!this.options) return parse(entered, this.unit);
      if (!entered) throw new Error("Choose one first.");
      return entered;
    }

    shown(given) {
      return this.options ? `“${given}”` : `${inWords(given)} ${this.unit}`.trim();
    }

    isRight(given) {
      return this.options ? given === this.answer : Math.abs(given - this.answer) <= this.reach;
    }

    hint(given) {
      if (this.options) return Object.fromEntries(this.hints)[given] ?? "";
      let best = Infinity, words = "";
      for (const [wrong, said] of this.hints) {
        let away = Infinity;
        if (Array.isArray(wrong)) {
          if (wrong[0] < given && given < wrong[1]) away = 0;
        } else {
          const near = Number.isInteger(wrong) ? this.reach : Math.max(this.reach, (CLOSE / 2) * Math.abs(wrong));
          if (Math.abs(given - wrong) <= Math.max(near, ROUNDING * Math.abs(wrong))) away = Math.abs(given - wrong);
        }
        if (away < best) [best, words] = [away, said];
      }
      return words;
    }

    verdict(given) {
      const said = this.shown(given), answer = this.shown(this.answer);
      const why = this.why ? `: ${this.why}` : ".";
      if (this.isRight(given)) return `✓ You said ${said}. Right${said === answer ? "" : `, to be exact ${answer}`}${why}`;
      const hint = this.hint(given);
      return `You said ${said}. ${hint && `${hint} `}It is ${answer}${why}`;
    }
  }

  const decoded = (text) =>
    JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))));

  const ask = (form) => {
    const asked = new Asked(decoded(form.dataset.asked));
    const [commit, tell] = form.querySelectorAll("button"), status = form.querySelector("[role=status]");
    const reply = (words, color) => {
      status.textContent = words;
      status.style.borderLeft = `6px solid ${color}`;
      status.hidden = false;
    };
    const entered = () => new FormData(form).get("said");
    let said;
    form.addEventListener("input", () => {
      if (asked.options || said !== undefined || !entered().trim()) return;
      try {
        reply(`This is ${asked.shown(asked.read(entered()))}. Press Commit to keep it.`, BLUE);
      } catch (error) {
        reply(error.message, ORANGE);
      }
    });
    form.addEventListener("submit", (event) => event.preventDefault()); // the Enter key is no commit
    commit.addEventListener("click", () => {
      try {
        said = asked.read(entered());
      } catch (error) {
        reply(error.message, ORANGE);
        return;
      }
      form.querySelectorAll("input").forEach((input) => { input.disabled = true; });
      [commit.disabled, tell.disabled] = [true, false];
      reply(`You said ${asked.shown(said)}. Now open the next output and compare.`, BLUE);
      tell.focus();
    });
    tell.addEventListener("click", () => {
      tell.disabled = true;
      reply(asked.verdict(said), asked.isRight(said) ? GREEN : BLUE);
    });
  };

  document.querySelectorAll(".lrteach-question").forEach(ask);
  return { parse, inWords, decoded, Asked };
})();
