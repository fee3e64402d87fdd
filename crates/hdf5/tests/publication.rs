//! New files appear whole, in one step, or not at all; and what a failure leaves behind.

mod memory;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use memory::{Memory, bytes_spec, noise};
use sharray_hdf5::{File, Mode, Monitor, Options, Spec};

const BOTH: [bool; 2] = [false, true];

fn options(named: bool) -> Options {
    Options {
        named,
        ..Options::default()
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_new_file_is_not_there_before_it_is_closed() {
    for named in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.h5");
        let mut file = File::open(&text(&path), Mode::Write, options(named)).unwrap();
        assert!(file.is_new());
        file.create_group("/g").unwrap();
        assert!(!path.exists());
        assert_eq!(names(folder.path()).len(), usize::from(named));
        assert!(
            names(folder.path())
                .iter()
                .all(|name| name.starts_with(".new.h5.") && name.ends_with(".tmp"))
        );
        file.close().unwrap();
        assert_eq!(names(folder.path()), ["new.h5"]);
        // The umask of this process: what the standard library makes has the same mode.
        fs::write(folder.path().join("plain"), "").unwrap();
        let mode = |name: &str| {
            fs::metadata(folder.path().join(name))
                .unwrap()
                .permissions()
                .mode()
        };
        assert_eq!(mode("new.h5"), mode("plain"));
    }
}

#[test]
fn a_file_that_is_dropped_never_appears() {
    for named in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.h5");
        fs::write(&path, "old").unwrap();
        drop(File::open(&text(&path), Mode::Write, options(named)).unwrap());
        assert_eq!(names(folder.path()), ["x.h5"]);
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }
}

#[test]
fn replacing_keeps_permissions_and_links() {
    for named in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.h5"), folder.path().join("link.h5"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real.h5", &link).unwrap();
        File::open(&text(&link), Mode::Write, options(named))
            .unwrap()
            .close()
            .unwrap();
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("real.h5"));
        assert_eq!(&fs::read(&real).unwrap()[1..4], b"HDF");
        assert_eq!(
            fs::metadata(&real).unwrap().permissions().mode() & 0o777,
            0o640
        );
        assert_eq!(names(folder.path()), ["link.h5", "real.h5"]);
    }
}

#[test]
fn a_link_to_nothing_gets_its_target() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link.h5");
    symlink("later.h5", &link).unwrap();
    File::open(&text(&link), Mode::Write, options(false))
        .unwrap()
        .close()
        .unwrap();
    assert!(folder.path().join("later.h5").is_file());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn an_exclusive_file_never_replaces_another() {
    for named in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.h5");
        let file = File::open(&text(&path), Mode::Exclusive, options(named)).unwrap();
        fs::write(&path, "somebody else's").unwrap();
        let error = file.close().unwrap_err();
        assert_eq!(error.code, "FILE_EXISTS");
        assert_eq!(fs::read(&path).unwrap(), b"somebody else's");
        assert_eq!(names(folder.path()), ["x.h5"]);
        let error = File::open(&text(&path), Mode::Exclusive, options(named))
            .err()
            .unwrap();
        assert_eq!(error.code, "FILE_EXISTS");
    }
}

#[test]
fn appending_creates_once_and_opens_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let path = text(&folder.path().join("x.h5"));
    let mut file = File::open(&path, Mode::Append, options(false)).unwrap();
    assert!(file.is_new());
    file.create_group("/one").unwrap();
    file.close().unwrap();
    let mut file = File::open(&path, Mode::Append, options(false)).unwrap();
    assert!(!file.is_new());
    file.create_group("/two").unwrap();
    assert_eq!(
        file.create_group("/one").unwrap_err().code,
        "DUPLICATE_NAME"
    );
    file.close().unwrap();
    assert_eq!(
        File::open(&path, Mode::Read, options(false))
            .unwrap()
            .tree(10)
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn what_cannot_be_opened_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| text(&folder.path().join(name));
    fs::write(at("text"), "not HDF5").unwrap();
    fs::create_dir(at("folder")).unwrap();
    let code = |path: &str, mode| File::open(path, mode, options(false)).err().unwrap().code;
    assert_eq!(code(&at("none"), Mode::Read), "FILE_NOT_FOUND");
    assert_eq!(code(&at("none"), Mode::ReadWrite), "FILE_NOT_FOUND");
    assert_eq!(code(&at("text"), Mode::Read), "HDF5_ERROR");
    assert_eq!(code(&at("folder"), Mode::Read), "IS_DIRECTORY");
    assert_eq!(code(&at("folder"), Mode::Write), "IS_DIRECTORY");
    assert_eq!(code(&at("text/x.h5"), Mode::Read), "FILE_NOT_FOUND");
    assert_eq!(code("/dev/null", Mode::Write), "NOT_SUPPORTED");
    let missing = File::open(&at("none/x.h5"), Mode::Write, options(false))
        .err()
        .unwrap();
    assert_eq!(missing.code, "FILE_NOT_FOUND");
    assert!(missing.message.contains(&at("none")), "{missing}");
}

/// Runs one test of this file in a process of its own, with `PLAY` telling it to play its part.
fn play(test: &str, folder: &Path, prepare: impl FnOnce(&mut Command)) -> std::process::Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture"])
        .env("PLAY", folder);
    prepare(&mut command);
    command.output().unwrap()
}

#[test]
fn a_file_size_limit_is_no_space_and_leaves_the_old_file() {
    if let Ok(folder) = std::env::var("PLAY") {
        let length = 4 << 20;
        let bytes = std::sync::Arc::new(Memory::of(&noise(length, 3)));
        // After the memory, which is a file too.
        let limit = rustix::process::Rlimit {
            current: Some(1 << 20),
            maximum: Some(1 << 20),
        };
        rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
        for chunks in [None, Some(vec![1 << 16])] {
            let memory = bytes.clone();
            let path = format!("{folder}/x.h5");
            let (sender, receiver) = std::sync::mpsc::channel();
            // On a strand, as always: its thread is what makes the limit an error instead of a signal.
            sharray_hdf5::Strand::start(
                move || {
                    File::open(
                        &path,
                        Mode::Write,
                        Options {
                            sync: true,
                            named: true,
                            placed: false,
                        },
                    )
                    .map(Some)
                },
                move |strand| {
                    let strand = strand.unwrap();
                    strand.run(move |file: &mut Option<File>| {
                        let mut open = file.take().unwrap();
                        let spec = Spec {
                            chunks,
                            ..bytes_spec(length as u64)
                        };
                        let error = open
                            .create_dataset("/d", &spec, Some(memory.region()), &Monitor::default())
                            .and_then(|_| open.flush())
                            .unwrap_err();
                        let closed = open.close().err().map(|e| e.code);
                        sender.send((error.code, closed)).unwrap();
                    });
                },
            );
            assert_eq!(receiver.recv().unwrap(), ("NO_SPACE", Some("NO_SPACE")));
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.h5"), "old").unwrap();
    let output = play(
        "a_file_size_limit_is_no_space_and_leaves_the_old_file",
        folder.path(),
        |_| {},
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(names(folder.path()), ["x.h5"]);
    assert_eq!(fs::read(folder.path().join("x.h5")).unwrap(), b"old");
}

#[test]
fn a_killed_process_leaves_the_old_file() {
    if let Ok(folder) = std::env::var("PLAY") {
        let mut file = File::open(&format!("{folder}/x.h5"), Mode::Write, options(false)).unwrap();
        let memory = Memory::of(&noise(8 << 20, 5));
        let spec = bytes_spec(8 << 20);
        file.create_dataset("/d", &spec, Some(memory.region()), &Monitor::default())
            .unwrap();
        file.create_dataset("/half", &spec, None, &Monitor::default())
            .unwrap();
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)
            .unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.h5"), "old").unwrap();
    let output = play(
        "a_killed_process_leaves_the_old_file",
        folder.path(),
        |_| {},
    );
    assert!(!output.status.success());
    assert_eq!(names(folder.path()), ["x.h5"]);
    assert_eq!(fs::read(folder.path().join("x.h5")).unwrap(), b"old");
}
