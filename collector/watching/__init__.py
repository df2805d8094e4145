"""What a person should look at now: found in the store, opened and closed, and told to others."""
