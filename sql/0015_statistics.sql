-- Nobody chooses rows by the whole of any of these; by a part of a payload an index finds them. ANALYZE, which comes every
-- minute while people speak, sorts thousands of each to know how often each value comes: half of its time.
ALTER TABLE notes ALTER COLUMN provenance SET STATISTICS 0, ALTER COLUMN state SET STATISTICS 0;
ALTER TABLE journal ALTER COLUMN payload SET STATISTICS 0, ALTER COLUMN taken SET STATISTICS 0;
ALTER TABLE remarks ALTER COLUMN outcome SET STATISTICS 0;
