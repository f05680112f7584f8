"""Chapter 08: word vectors by counting and by prediction; n-grams and perplexity."""
