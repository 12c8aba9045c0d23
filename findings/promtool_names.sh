#!/bin/sh
# promtool 2.42.0, 2.53.3 and 3.5.3 (Debian 12, 13 and testing): test rules.
#
# Guess: a test that names an alert which no rule has, or a file of rules which is not there, fails: it has
# tested nothing. A file without any test fails as well, or is at least no success.
# Behaviour: all of them are SUCCESS with exit status 0; for the missing file there is a line of warning before
# it. Renaming an alert, or its file, leaves every test that it must stay silent green for ever, though
# promtool check config refuses a missing file. So each alert needs a test in which it fires under
# that name, beside those in which it must not.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/2.42.0" prometheus=2.42.0+ds-5+deb12u1
debian trixie "$work/2.53.3" promtool=2.53.3+ds1-2
debian forky "$work/3.5.3" promtool=3.5.3+ds1-6
cd "$work"

cat >rules.yml <<'YAML'
groups:
- name: relay
  rules:
  - alert: RelayDown
    expr: up == 0
YAML
# A test in which the relay is down and the alert $2 of the file $1 has to be silent.
silent() {
    cat <<YAML
rule_files: [$1]
tests:
- interval: 1m
  input_series:
  - series: up
    values: 0x10
  alert_rule_test:
  - eval_time: 5m
    alertname: $2
    exp_alerts: []
YAML
}
silent rules.yml RelayDown >right.yml
silent rules.yml RelayIsDown >renamed.yml
silent rule.yml RelayDown >moved.yml
: >empty.yml
printf 'rule_files: [rule.yml]\n' >prometheus.yml

outcome() {
    run_in "$version" "$version/usr/bin/promtool" "$@" >seen 2>&1 && echo success || echo failed
}
for version in 2.42.0 2.53.3 3.5.3; do
    echo "promtool $version"
    expect "the alert fires, and the test says it does not" failed "$(outcome test rules right.yml)"
    expect "the same with a name that no rule has" success "$(outcome test rules renamed.yml)"
    expect "the same with a file of rules that is not there" success \
        "$(outcome test rules moved.yml)"
    expect "an empty file of tests" success "$(outcome test rules empty.yml)"
    expect "check config with the file that is not there" failed \
        "$(outcome check config prometheus.yml)"
done
verdict
