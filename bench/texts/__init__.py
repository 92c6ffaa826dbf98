"""What an editor would mark in the texts of a talk: each module finds one kind of fault."""
