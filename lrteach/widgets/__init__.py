"""Controls and live scenes, made of plain ipywidgets."""
