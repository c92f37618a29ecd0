# Two conditions share a synonym; capitals do not tell them apart.
# found: DERM:0001001 DERM:0001003
INSERT DATA {
  DERM:0001001 oboInOwl:hasExactSynonym "chronic scaling rash"@en .
  DERM:0001003 oboInOwl:hasExactSynonym "Chronic Scaling Rash"@en .
}
