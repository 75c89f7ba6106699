#!/usr/bin/env bats
load helpers

make_vault() {
    new_vault
    holdfast --quiet matter add ACME-01
    echo 'the valve is thin' > "$S/a.txt"
    echo 'the pump is loud' > "$S/b.txt"
    ingest --matter ACME-01 "$S"
}

save() { holdfast --quiet search --count --save "$@" > /dev/null; }

@test "saved list, show and remove" {
    make_vault
    assert_status 0 holdfast saved list
    [[ $output == *"No saved searches yet"* ]]
    HOLDFAST_ACTOR=jane save valves 'valve and thin'
    save loud --matter ACME-01 'loud or "very  noisy"'
    assert_equal "$(holdfast saved list --format json | jq -r '.[] | [.name, .query, .matter // "-", .documents] | join("|")')" \
        'loud|loud or "very  noisy"|ACME-01|1
valves|valve and thin|-|1'
    assert_equal "$(holdfast saved list --format json | jq -r '.[1].actor')" jane
    assert_equal "$(holdfast saved show LOUD)" 'loud or "very  noisy"'
    assert_status 2 holdfast saved show nosuch
    [[ $output == *'there is no saved search "nosuch"'*valves* ]]
    assert_status 0 holdfast saved remove loud
    assert_status 2 holdfast saved show loud
    assert_status 2 holdfast saved remove loud
    assert_status 0 holdfast verify
}

@test "a saved search that others ask for is not removed" {
    make_vault
    save valves valve
    save both 'saved:valves and pump'
    save quoted '"saved valves" or thin'
    assert_status 3 holdfast saved remove valves
    [[ $output == *'"valves" is not removed: other saved searches ask for saved:valves (both)'* ]]
    assert_status 0 holdfast saved remove both
    assert_status 0 holdfast saved remove valves
}

@test "saved says how it is used" {
    make_vault
    assert_status 2 holdfast saved
    assert_status 2 holdfast saved frobnicate
    assert_status 2 holdfast saved show
    assert_status 2 holdfast saved remove a b
    assert_status 2 holdfast saved list --format ids
    assert_status 2 holdfast saved list something
}
