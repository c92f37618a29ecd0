// Which skin tones does each of the broadest groups show, and how often?
MATCH (broad:Disease)-[count:COUNTED_WITH]->(term:SkinTone)
WHERE broad.level = 1
RETURN broad.label AS group_label, term.label AS tone, count.images AS images
ORDER BY group_label, tone
