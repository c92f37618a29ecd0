// Which data sets are in the graph, under which licence, and how many images has each?
MATCH (from:Source)
RETURN from.id AS source, from.licence AS licence, from.images AS images
ORDER BY source
