"""First contact, entry through ViA, conversation, offers: the zone of the entrance."""
