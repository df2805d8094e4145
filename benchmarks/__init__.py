"""One runner per question: side by side with the peer in the same run, as ratios, seeds stated."""
