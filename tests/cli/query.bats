#!/usr/bin/env bats
# What holdfast-query(7) says of the samples is what comes out.
load helpers

PAGE=$BATS_TEST_DIRNAME/../../src/man/holdfast-query.7

# The samples as in the tour of README.md; searching does not change them.
setup_file() {
    local samples=$BATS_TEST_DIRNAME/../../samples
    V=$BATS_FILE_TMPDIR/vault
    new_vault
    holdfast --quiet matter add ACME-01 --title 'Acme v. Example' > /dev/null
    ingest --matter ACME-01 --custodian-from 'users/{custodian}/' "$samples/acme"
    holdfast --quiet exception retry --password-file "$samples/passwords.txt" > /dev/null || [ $? -eq 1 ]
    MANWIDTH=100 mandoc -Tutf8 "$PAGE" | col -bx > "$BATS_FILE_TMPDIR/page"
}
# shellcheck disable=SC2034 # helpers.bash reads it
setup() { V=$BATS_FILE_TMPDIR/vault; }

@test "every example of the manual finds as many documents as it says" {
    local count query found examples=0 wrong=0
    while read -r count query; do
        examples=$((examples + 1))
        found=$(holdfast --quiet search --format ids "$query" | wc -l)
        [ "$found" -eq "$count" ] || {
            echo "$query: the manual says $count, it is $found"
            wrong=$((wrong + 1))
        }
    done < <(sed -nE 's/^ {8,}([0-9]+)  (\S.*)$/\1 \2/p' "$BATS_FILE_TMPDIR/page")
    [ "$examples" -ge 50 ]
    assert_equal "$wrong" 0 "wrong examples"
}

@test "every refusal of the manual is what is said" {
    local line query='' said='' refusals=0
    while read -r line; do
        if [ -z "$line" ] && [ -n "$query" ]; then
            assert_status 2 holdfast search "$query"
            assert_equal "$(tr -s ' \n' ' ' <<< " $output")" "$said " "$query"
            refusals=$((refusals + 1)) query='' said=''
        elif [[ $line == "$ holdfast search '"* ]]; then
            query=${line#*\'} query=${query%\'}
        elif [ -n "$query" ]; then
            said+=" $line"
        fi
    done < "$BATS_FILE_TMPDIR/page"
    [ "$refusals" -eq 3 ]
}
