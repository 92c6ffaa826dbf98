"""Pictures of clips, brands and quotations."""
