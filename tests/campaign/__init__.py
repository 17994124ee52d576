"""The fault campaign: every change in a meter, with every fault at every place, and what everybody says afterwards."""
