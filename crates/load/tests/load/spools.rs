//! Spools: inputs that come but once, in loads beside which they come, with what is told of them and of what fails.

use std::io::Write;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use sharray_decode::Encoding;
use sharray_load::{
    About, Failure, InputFile, Items, Job, Setting, Spec, Spool, TextRows, plan, probe,
};

use crate::packed::gzip;
use crate::random::numbered;
use crate::tables::{Files, Table, load_all, load_setting, setting, spec};

fn about(keep: bool) -> About {
    About {
        label: "input".to_string(),
        keep,
        space: Box::new(|_| Ok(())),
    }
}

fn input(number: u32) -> InputFile {
    InputFile {
        spool: Some(number),
        label: "input".to_string(),
        ..InputFile::default()
    }
}

fn planned(spec: &Spec, spools: &[Arc<Spool>], range: u64) -> Result<Job, Failure> {
    let inputs: Vec<_> = (0..spools.len() as u32).map(input).collect();
    plan(spec.clone(), &inputs, spools, 2, Some(range))
}

fn setting_of(job: Job, spools: &[Arc<Spool>]) -> Setting {
    Setting {
        spools: spools.to_vec(),
        ..setting(job)
    }
}

/// The tables of a load of spools.
fn load(spec: &Spec, spools: &[Arc<Spool>], range: u64) -> Result<Vec<Table>, Failure> {
    let job = planned(spec, spools, range)?;
    load_setting(&setting_of(job, spools), 2).map(|(tables, _)| tables)
}

/// What its text gives, as a file.
fn of_file(spec: &Spec, text: &[u8]) -> Result<Vec<Table>, Failure> {
    let files = Files::new(&[text.to_vec()]);
    let job = plan(spec.clone(), &files.inputs, &[], 2, None)?;
    load_all(job, 2).map(|(tables, _)| tables)
}

/// A pipe with a thread that writes to it.
fn pipe(bytes: Vec<u8>, keep: bool) -> Arc<Spool> {
    let (reader, mut writer) = std::io::pipe().unwrap();
    std::thread::spawn(move || writer.write_all(&bytes));
    Arc::new(Spool::of_descriptor(
        OwnedFd::from(reader).into(),
        about(keep),
    ))
}

fn pushed(bytes: &[u8], piece: usize, keep: bool) -> Arc<Spool> {
    let spool = Spool::new(about(keep));
    for piece in bytes.chunks(piece) {
        spool.push(piece).unwrap();
    }
    spool.end(Ok(()));
    Arc::new(spool)
}

#[test]
fn what_comes_but_once_gives_what_its_text_gives() {
    let text = numbered(30_000);
    let wanted = of_file(&spec(false), &text).unwrap();
    for bytes in [text.clone(), gzip(&text)] {
        for range in [1000, 1 << 20] {
            let sources = [
                pipe(bytes.clone(), false),
                pushed(&bytes, 1 << 20, false),
                pushed(&bytes, 7001, true),
            ];
            for spool in sources {
                assert_eq!(load(&spec(false), &[spool], range).unwrap(), wanted);
            }
        }
    }
    let empty = load(&spec(false), &[pushed(b"", 1, false)], 9).unwrap();
    assert_eq!(empty, [b""]);
}

#[test]
fn what_is_kept_is_read_again_and_its_fields_too() {
    let text = numbered(5000);
    let wanted = of_file(&spec(false), &text).unwrap();
    let spools = [pipe(gzip(&text), true)];
    for _ in 0..2 {
        assert_eq!(load(&spec(false), &spools, 3000).unwrap(), wanted);
    }
    let mut rows = TextRows::new(planned(&spec(false), &spools, 3000).unwrap(), &spools).unwrap();
    let mut lines = 0;
    loop {
        let read = rows.read(700).unwrap();
        if read.is_empty() {
            break;
        }
        lines += read.len();
        assert_eq!(read.last().unwrap().line, lines as u64);
    }
    assert_eq!(lines, 5000);
}

#[test]
fn a_row_longer_than_all_ranges_is_handed_on_whole() {
    let text = [&b"a "[..], &vec![b'1'; 900_000], b"\nb 2\n"].concat();
    let spools = [pushed(&text, 1 << 20, true)];
    let job = planned(
        &Spec {
            profile: true,
            ..spec(false)
        },
        &spools,
        9,
    )
    .unwrap();
    let mut rows = TextRows::new(job, &spools).unwrap();
    let mut lengths = Vec::new();
    while let Some(row) = rows.read(1).unwrap().pop() {
        lengths.push(row.fields[1].len());
    }
    assert_eq!(lengths, [900_000, 1]);
}

#[test]
fn damage_and_failures_are_told_behind_the_first_bad_row_and_not_before_it() {
    let good = numbered(5000);
    let bad = [&good[..], b"a b\n", &good[..]].concat();
    for (text, code) in [(&good, "TEXT_BAD_ARCHIVE"), (&bad, "TEXT_BAD_VALUE")] {
        let packed = gzip(text);
        let cut = &packed[..packed.len() - 70];
        for spool in [pipe(cut.to_vec(), false), pushed(cut, 5000, true)] {
            let failure = load(&spec(false), &[spool], 999).unwrap_err();
            assert_eq!(failure.code, code, "{}", failure.message);
            if code == "TEXT_BAD_ARCHIVE" {
                assert_eq!(failure.details["byte"], cut.len());
            }
        }
    }
    for (text, code) in [(&good, "IO_ERROR"), (&bad, "TEXT_BAD_VALUE")] {
        let spool = Spool::new(about(false));
        spool.push(text).unwrap();
        spool.end(Err(Failure {
            code: "IO_ERROR",
            message: "the line is down".to_string(),
            details: serde_json::json!({}),
        }));
        let failure = load(&spec(false), &[Arc::new(spool)], 999).unwrap_err();
        assert_eq!(failure.code, code, "{}", failure.message);
    }
}

#[test]
fn rows_behind_the_last_one_that_is_wanted_are_not_waited_for() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let text = numbered(20_000);
    let limited = Spec {
        max_rows: Some(10_000),
        ..spec(false)
    };
    let spool = Arc::new(Spool::of_descriptor(
        OwnedFd::from(reader).into(),
        about(false),
    ));
    let wanted = of_file(&limited, &text).unwrap();
    let writing = std::thread::spawn(move || {
        writer.write_all(&text).unwrap();
        writer
    });
    assert_eq!(load(&limited, &[spool], 1000).unwrap(), wanted);
    drop(writing.join().unwrap());
}

#[test]
fn an_abort_ends_planning_and_loading_while_a_pipe_is_silent() {
    let (reader, writer) = std::io::pipe().unwrap();
    let silent = Arc::new(Spool::of_descriptor(
        OwnedFd::from(reader).into(),
        about(false),
    ));
    std::thread::scope(|scope| {
        let planning = scope.spawn(|| planned(&spec(false), std::slice::from_ref(&silent), 9));
        silent.abort();
        assert_eq!(planning.join().unwrap().unwrap_err().code, "ABORTED");
    });
    drop(writer);
    let spool = Arc::new(Spool::new(about(false)));
    spool.push(&numbered(20_000)).unwrap();
    let spools = [spool];
    let job = planned(&spec(false), &spools, 1000).unwrap();
    let setting = &setting_of(job, &spools);
    std::thread::scope(|scope| {
        let loading = scope.spawn(|| sharray_load::unpack(setting, 0, &|_| Ok(())));
        // All that has come; what comes behind it is waited for.
        setting.control.wait_done(1);
        setting.control.abort();
        loading.join().unwrap().unwrap();
    });
    assert!(!setting.control.wait_done(setting.job.ranges));
    assert_eq!(spools[0].push(b"1").err(), None);
    spools[0].close();
    assert_eq!(spools[0].push(b"1").unwrap_err().code, "ABORTED");
}

#[test]
fn room_is_asked_for_before_what_is_kept_takes_it() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let full = Arc::new(AtomicBool::new(false));
    let (note, is_full) = (asked.clone(), full.clone());
    let spool = Spool::new(About {
        space: Box::new(move |bytes| {
            note.lock().unwrap().push(bytes);
            match is_full.load(Ordering::Relaxed) {
                true => Err(("full".to_string(), serde_json::json!({ "free": 0 }))),
                false => Ok(()),
            }
        }),
        ..about(true)
    });
    for _ in 0..600 {
        spool.push(&[b'1'; 256 << 10]).unwrap();
    }
    let sum: u64 = asked.lock().unwrap().iter().sum();
    assert!((146 << 20..=256 << 20).contains(&sum), "{sum}");
    full.store(true, Ordering::Relaxed);
    let mut pushes = (0..600).map(|_| spool.push(&[b'1'; 256 << 10]));
    let failure = pushes.find_map(Result::err).unwrap();
    assert_eq!(failure.code, "NO_SPACE");
}

#[test]
fn one_writer_of_two_pipes_may_end_the_first_before_he_begins_the_second() {
    let text = numbered(300_000);
    let wanted = of_file(&spec(false), &text).unwrap().remove(0);
    let (pipes, mut writers): (Vec<_>, Vec<_>) = (0..2).map(|_| std::io::pipe().unwrap()).unzip();
    let spool = |reader| Spool::of_descriptor(OwnedFd::from(reader).into(), about(false));
    let spools: Vec<_> = pipes
        .into_iter()
        .map(|reader| Arc::new(spool(reader)))
        .collect();
    let writing = std::thread::spawn(move || {
        for mut writer in writers.drain(..) {
            writer.write_all(&text).unwrap();
        }
    });
    let tables = load(&spec(false), &spools, 1 << 16).unwrap();
    assert!(tables == [wanted.clone(), wanted]);
    writing.join().unwrap();
}

#[test]
fn a_named_pipe_is_waited_for_until_its_writers_have_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let name = path.to_str().unwrap();
    assert!(!probe(name, "pipe").unwrap().regular);
    let spool = Arc::new(Spool::of_path(name, about(false)).unwrap());
    std::thread::scope(|scope| {
        let loaded = scope.spawn(|| load(&spec(false), &[spool], 9));
        let mut writer = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        writer.write_all(&gzip(b"a 1\nb 2\n")).unwrap();
        drop(writer);
        assert_eq!(loaded.join().unwrap().unwrap()[0].len(), 14);
    });
}

#[test]
fn what_cannot_be_read_is_told_by_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let code = |path: &str| -> &'static str {
        let probed: Failure = probe(path, path).expect_err("nothing to read");
        let opened = Spool::of_path(path, about(false)).map(|_| ());
        assert_eq!(opened.unwrap_err().code, probed.code);
        probed.code
    };
    assert_eq!(code("/no/such/file"), "FILE_NOT_FOUND");
    assert_eq!(code(folder.path().to_str().unwrap()), "IS_DIRECTORY");
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert_eq!(code(socket.to_str().unwrap()), "NOT_SUPPORTED");
}

#[test]
fn lines_and_characters_are_text_as_they_are_and_not_mixed_with_bytes() {
    let items = |bytes, ends, utf8| Items { bytes, ends, utf8 };
    let spool = Spool::new(about(false));
    let push = |items| spool.push_items(items, Encoding::Latin1, false);
    push(items(b"a 1\nb 2", &[4, 7], false)).unwrap();
    push(items("é 3".as_bytes(), &[4], true)).unwrap();
    let failure = push(items(b"c 4d 5\n6", &[3, 8], true)).unwrap_err();
    assert_eq!(
        (failure.code, &failure.details["item"]),
        ("BAD_ARGUMENT", &4.into())
    );
    assert_eq!(spool.push(b"5").unwrap_err().code, "BAD_ARGUMENT");
    assert_eq!(
        push(items(b"a", &[3], true)).unwrap_err().code,
        "BAD_ARGUMENT"
    );
    spool.end(Ok(()));
    let spools = [Arc::new(spool)];
    let wanted = of_file(&spec(false), "a 1\nb 2\né 3\nc 4\n".as_bytes()).unwrap();
    assert_eq!(
        load(&spec(false), &spools, 5).unwrap(),
        wanted,
        "those before a bad one are there"
    );
    for text in ["\u{feff} 1\n", "BZh91AY&SY 1\n"] {
        let spool = Spool::new(about(false));
        spool.push_characters(text).unwrap();
        assert_eq!(spool.push(b"1").unwrap_err().code, "BAD_ARGUMENT");
        spool.end(Ok(()));
        let utf16 = InputFile {
            encoding: Some("utf-16".to_string()),
            ..input(0)
        };
        let spools = [Arc::new(spool)];
        let job = plan(
            Spec {
                profile: true,
                ..spec(false)
            },
            &[utf16],
            &spools,
            1,
            None,
        )
        .unwrap();
        let row = TextRows::new(job, &spools)
            .unwrap()
            .read(1)
            .unwrap()
            .remove(0);
        assert_eq!(row.fields.concat() + "\n", text.replace(' ', ""));
    }
}

#[test]
fn a_look_tells_format_mark_and_size() {
    let look = |bytes: &[u8]| {
        let files = Files::new(&[bytes.to_vec()]);
        probe(files.inputs[0].path.as_ref().unwrap(), "input").unwrap()
    };
    let found = look(b"\xef\xbb\xbf1");
    assert_eq!(
        (found.regular, found.format.name(), found.mark, found.size),
        (true, "plain", true, 4)
    );
    assert_eq!(look(&gzip(b"1")).format.name(), "gzip");
    assert_eq!(look(b"").size, 0);
}
