"""Whether the tests notice a chart that is wrong: `lossy charts mutate`.

pytest collects the tests once, with the charts that ship. Every run after that is a fork of this process, in which
the charts already loaded are changed in place; so a mutant costs the tests that can notice it, and nothing else.
"""
