"""How text looks: styles, their colors and fonts."""
