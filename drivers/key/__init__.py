"""Security keys over USB and card readers, in a process of their own (`station.key_process`)."""
