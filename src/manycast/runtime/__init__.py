"""The real world: one thin driver per engine, one room per outside thing."""
