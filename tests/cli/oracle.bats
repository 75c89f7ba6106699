#!/usr/bin/env bats
load helpers

# Term reports counted a second time by tests/oracle, which reads every document and never the index.

@test "every number of a term report is what reading all documents comes to" {
    new_vault
    ingest --custodian-from 'users/{custodian}/' "$SAMPLES"
    assert_status 0 "$REPO/tests/oracle/compare.sh" "$V" "$REPO/samples/terms.txt" "$HF_BUILD"
    [[ $output == *"all equal"* ]]
    cat > "$S/list" <<'LIST'
valve* and not (valve* w/10 (pressure or bar))
to:(roe or doe) or from contains "example.com"
filename:pdf or title:report~
date:2019-01..2019-06 and the
xfirstword w/5 dear
regards w/5 xlastword
(the and not of) w/4 valve~
1~~99 w/3 (bar or kg or mm)
type:email and has:attachment
size>10kb and not the
"##[a-z]+ing" pre/2 "##[a-z]+s"
%%valves or #bolt or prüf*
LIST
    assert_status 0 "$REPO/tests/oracle/compare.sh" "$V" "$S/list" "$HF_BUILD"
}
