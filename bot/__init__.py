"""A coaching assistant for clinical directors and the managers they work with."""

import gc

# Nearly all that is made is gone again before anybody looks, and what is imported stays: looking at every 700th new object took a
# quarter of the time of importing, and stopped everything for a tenth of a second now and then.
gc.set_threshold(20_000, 20, 20)
