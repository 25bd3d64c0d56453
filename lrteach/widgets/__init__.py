"""Controls and live scenes, made of plain ipywidgets 7.7 or later."""


def view_of(widget):
    """What a cell displays, so that a front end shows this widget: a MIME bundle."""
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {"application/vnd.jupyter.widget-view+json": view}
