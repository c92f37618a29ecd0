// How long is the tail: how many terms of each level have no image, a few, tens, hundreds or more?
MATCH (term:Disease)
WITH term.level AS level, CASE WHEN term.images = 0 THEN '0' WHEN term.images < 10 THEN '1-9'
  WHEN term.images < 100 THEN '10-99' WHEN term.images < 1000 THEN '100-999' ELSE '1000 or more' END AS images
RETURN level, images, count(*) AS terms
ORDER BY level, images
