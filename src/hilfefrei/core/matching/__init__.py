"""From a delivery of vacancies to proposals with reasons."""
