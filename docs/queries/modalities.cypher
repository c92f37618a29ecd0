// What kinds of images has each source, and of how many is the file there?
MATCH (pair:Pair)-[:FROM_SOURCE]->(from:Source)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
RETURN from.id AS source, coalesce(image.modality, 'unknown') AS modality, count(DISTINCT image.id) AS images,
  count(DISTINCT CASE WHEN image.available THEN image.id END) AS with_file
ORDER BY source, modality
