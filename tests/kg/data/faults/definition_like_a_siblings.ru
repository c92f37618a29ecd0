# A template with the name filled in.
# found: DERM:0001001 DERM:0001002
DELETE { ?term obo:IAO_0000115 ?definition }
INSERT { ?term obo:IAO_0000115 ?template }
WHERE {
  VALUES (?term ?template) {
    (DERM:0001001 "Form of psoriasis of the skin called plaque psoriasis."@en)
    (DERM:0001002 "Form of psoriasis of the skin called pustular psoriasis."@en)
  }
  ?term obo:IAO_0000115 ?definition .
}
