"""The guidelines that come with the product, for a retail company that also bills: offered as drafts, in force in the demo company."""
