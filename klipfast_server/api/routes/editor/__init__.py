"""What an editor of a clip needs before anything is rendered."""
