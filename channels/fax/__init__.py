"""Fax: pages that came become text, texts and PDFs become pages. The telephone is Asterisk's."""
