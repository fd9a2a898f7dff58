"""How a model is found from texts and labelled pairs. Nothing here is needed to apply one."""
