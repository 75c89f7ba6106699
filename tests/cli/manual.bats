# tests/cli/manual.bats -- what somebody is told who asks how a command is used.
load helpers

@test "--help of a command that has several lists them" {
    local command
    for command in tag saved report matter custodian exception; do
        assert_status 0 program "$command" --help
        [[ $output == "Usage:"*"holdfast $command "*"holdfast help $command"* ]]
        assert_status 2 program "$command" nosuch
    done
    assert_status 0 program tag --help
    [[ $output == *"holdfast tag add [OPTION…] NAME QUERY | NAME --ids FILE"* ]]
}

@test "a query that begins like an option is told its place" {
    assert_status 2 program search -contract
    [[ $output == *"see holdfast search --help; what begins with - and is no option stands behind --" ]]
}

@test "the language of searches has its place among the pages of help" {
    assert_status 0 program help
    [[ $output == *"holdfast help query"* ]]
    command -v man > /dev/null || skip "no man here"
    assert_status 0 program help query
    [[ $output == *"query language"* ]]
}

@test "one is said as one, and a table's times are the vault's" {
    new_vault
    holdfast --quiet matter add M-1
    [[ $(holdfast matter list) =~ \ 20[0-9-]+\ [0-9]{2}:[0-9]{2}$ ]]
    [[ $(holdfast matter list --format csv) =~ T[0-9:.]+Z ]]
    echo fig > "$S/a.txt"
    echo fig pie > "$S/b.txt"
    : > "$S/none.txt"
    ingest --matter M-1 "$S"
    [[ $(holdfast search --limit 1 fig) == *"The first is shown; --limit 0 shows all."* ]]
    [[ $(holdfast tag add sweet fig) == *"1 document has no text or only a part of it"* ]]
}
