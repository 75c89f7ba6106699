#!/bin/bash
# tests/oracle/compare.sh VAULT LIST [BUILD] -- makes the search term report of a list with `holdfast terms` and with the oracle,
# which reads every document and never the index, and shows every number in which they differ. Exit status 1 if any does.
set -euo pipefail
vault=$1 list=$2 build=${3:-$(dirname "$0")/../../build}

# The numbers of a report in CSV, in one order, whatever else it has.
numbers() {
    python3 -c '
import csv, sys
columns = ["row", "number", "custodian", "documents", "documents_with_family", "families", "unique_documents",
           "unique_families"]
lines = []
for row in csv.DictReader(sys.stdin):
    row["number"] = row["number"] if row["row"] == "term" else ""
    lines.append(" ".join(row[column] or "-" for column in columns))
print("\n".join(sorted(lines)))'
}

reported=$("$build/holdfast" --vault "$vault" --quiet terms "$list" --format csv | numbers)
counted=$("$build/tests/oracle-terms" "$vault" "$list" | numbers)
if ! diff <(echo "$counted") <(echo "$reported"); then
    echo "< as the oracle counted, > as holdfast reports: row, term, custodian, documents, with family, families, unique, unique families" >&2
    exit 1
fi
echo "$(grep -c '^term [0-9]* - ' <<< "$counted") terms, $(wc -l <<< "$counted") rows of numbers, all equal"
