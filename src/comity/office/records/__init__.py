"""Records: an owner's own, and at the secretariat the international collections."""
