"""Questions: the bank, its parameters, checking, rendering and the bridge to the page."""
