"""Reading other people's lists: text in, drafts and problems out. Nothing is dropped unseen."""
