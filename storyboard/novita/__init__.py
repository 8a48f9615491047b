"""The text-to-video API: limits, requests and answers, errors, client. Knows no Django."""
