"""What authors run: making, checking and measuring the notebooks.

- :mod:`~eshikaku.authoring.sources` turns a chapter's text into cells,
  :mod:`~eshikaku.authoring.build` runs them (``make notebooks``), :mod:`~eshikaku.authoring.lint`
  and :mod:`~eshikaku.authoring.minutes` check and measure them.
- :mod:`~eshikaku.authoring.new` begins a chapter, :mod:`~eshikaku.authoring.complete` says what
  one lacks, :mod:`~eshikaku.authoring.coverage` what the course has of the syllabus.
- :mod:`~eshikaku.authoring.results` makes the tables that take longer than a chapter may.
- :mod:`~eshikaku.authoring.suite` is what ``make test`` runs.
"""
