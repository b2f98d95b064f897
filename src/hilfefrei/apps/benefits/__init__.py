"""Applications, their clocks and outcomes, urgent reports, papers: the zone of benefits."""
