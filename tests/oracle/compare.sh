#!/bin/bash
# tests/oracle/compare.sh VAULT LIST [BUILD] -- counts a term list with `holdfast terms` and with the oracle, which reads every
# document and never the index, and shows where they differ. Exit status 1 if they do.
set -euo pipefail
vault=$1 list=$2 build=${3:-$(dirname "$0")/../../build}

# Number, term and documents of a report in CSV, whatever other columns it has. Terms of one line only.
columns() {
    python3 -c '
import csv, sys
for row in csv.DictReader(sys.stdin):
    if row["number"].isdigit():
        print(row["number"], row["term"], row["documents"], sep="\t")'
}

reported=$("$build/holdfast" --vault "$vault" --quiet terms "$list" --format csv | columns)
counted=$("$build/tests/oracle-terms" "$vault" "$list" | columns)
if ! diff <(echo "$counted") <(echo "$reported"); then
    echo "< as the oracle counted, > as holdfast reports" >&2
    exit 1
fi
echo "$(wc -l <<< "$counted") terms, all counts equal"
