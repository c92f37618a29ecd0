// How many images are there in each of the broadest groups? The empty ones too.
MATCH (broad:Disease)
WHERE broad.level = 1
RETURN broad.label AS group_label, broad.images AS images
ORDER BY images DESC, group_label
