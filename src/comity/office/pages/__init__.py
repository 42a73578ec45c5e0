"""What all pages share: the frame around them, words of code lists, language, headers, the officer's page."""
