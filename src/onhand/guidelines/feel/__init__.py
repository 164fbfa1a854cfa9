"""The language of a guideline's cells: S-FEEL, compliance level 2 of OMG DMN 1.5 (chapter 9), read, checked and evaluated."""
