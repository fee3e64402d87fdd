use super::*;

#[test]
fn reads_mem_available() {
    let meminfo = "MemTotal:       24689148 kB\nMemFree:        23046512 kB\nMemAvailable:   24089364 kB\nBuffers: 1 kB\n";
    assert_eq!(available_in(meminfo), Some(24_089_364 * 1024));
    assert_eq!(available_in("MemTotal: 5 kB\n"), None);
    assert_eq!(available_in("MemAvailable: many kB\n"), None);
}

#[test]
fn refuses_more_than_any_machine_has() {
    let error = check_space_for(100 << 40, "a test").unwrap_err();
    assert_eq!(error.code(), "NO_SPACE");
    let text = error.to_string();
    assert!(
        text.starts_with("cannot take 100.0 TiB for a test: "),
        "{text}"
    );
    assert!(text.contains(" are free by "), "{text}");
}

#[test]
fn allows_a_little() {
    check_space(4096).unwrap();
}

#[test]
fn the_allowance_is_a_small_part_and_is_used_up_or_ends() {
    let now = Instant::now();
    let mut allowance = Allowance::of(6400, now);
    assert!(allowance.covers(60, now));
    assert!(!allowance.covers(60, now));
    assert!(!allowance.covers(40, now + Allowance::LASTS));
    assert!(allowance.covers(40, now));
    assert!(!Allowance::of(u64::MAX, now).covers(Allowance::MOST + 1, now));
}
