"""The chapters' own code: one folder a chapter, its stem the name."""
