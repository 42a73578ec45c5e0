"""What binds a country takes two people: one asks, another approves exactly this content (I9)."""
