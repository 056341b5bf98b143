"""Records that arrive: the two releases, who was told, what each reader gets, their answers, the copy that is filed."""
