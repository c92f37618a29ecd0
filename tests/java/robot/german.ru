# Nothing is wrong here: some terms speak German too, and one of them is deprecated.
INSERT DATA {
  DERM:0001003 rdfs:label "Knötchenflechte"@de ; obo:IAO_0000115 "Übliche Form: juckende Knötchen am Handgelenk."@de .
  DERM:0001099 a owl:Class ; owl:deprecated true ; obo:IAO_0100001 DERM:0001001 ;
    rdfs:label "obsolete parapsoriasis"@en, "Parapsoriasis (veraltet)"@de ; obo:IAO_0000115 "Not in use."@en .
}
