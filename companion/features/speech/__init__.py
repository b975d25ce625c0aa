"""Recognition: sound from the spool to words in the transcript, at the pace that the PC can spare.

`recognition` keeps the child busy and stores what it hears; `service` decides in which way, and tells the state.
"""
