//! Spools: inputs of every kind into a file, with what is told of them meanwhile and of what fails.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::Mutex;

use sharray_decode::Encoding;
use sharray_load::{Failure, Items, Spool, Watch, probe};
use tempfile::{TempDir, tempfile};

const ROOM: u64 = 1 << 40;

fn plenty(_: u64) -> Result<(), (String, serde_json::Value)> {
    Ok(())
}

struct Scene {
    to: Arc<File>,
    watch: Arc<Watch>,
    folder: TempDir,
}

impl Scene {
    fn new() -> Scene {
        Scene {
            to: Arc::new(tempfile().expect("a file")),
            watch: Arc::default(),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    fn spool(&self, encoding: Encoding, room: u64) -> Spool {
        let (to, watch) = (self.to.clone(), self.watch.clone());
        Spool::new(to, room, encoding, "input".to_string(), watch)
    }

    fn write(&self, bytes: &[u8]) -> String {
        let path = self.folder.path().join("input");
        std::fs::write(&path, bytes).expect("a file");
        path.to_str().expect("a name").to_string()
    }

    fn text(&self, size: u64) -> Vec<u8> {
        let mut text = vec![0; size as usize];
        std::os::unix::fs::FileExt::read_exact_at(&*self.to, &mut text, 0).expect("so many bytes");
        text
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).expect("memory is there");
    encoder.finish().expect("memory is there")
}

#[test]
fn a_compressed_file_of_another_encoding_becomes_utf8() {
    let scene = Scene::new();
    let data: Vec<u8> = (0..300_000u32)
        .flat_map(|i| {
            format!("{i} caf\u{e9}\n")
                .chars()
                .map(|c| c as u8)
                .collect::<Vec<_>>()
        })
        .collect();
    let packed = gzip(&data);
    let path = scene.write(&packed);
    let size = scene
        .spool(Encoding::Latin1, ROOM)
        .file(&path, 0, &plenty)
        .expect("a text");
    let expected: String = data.iter().map(|byte| char::from(*byte)).collect();
    assert_eq!(scene.text(size), expected.into_bytes());
    assert_eq!(scene.watch.read(), packed.len() as u64);
}

#[test]
fn damage_and_wrong_bytes_are_told_by_their_places() {
    let scene = Scene::new();
    let packed = gzip(b"1 2\n3 4\n");
    let path = scene.write(&packed[..packed.len() - 1]);
    let failure = scene
        .spool(Encoding::Utf8, ROOM)
        .file(&path, 0, &plenty)
        .expect_err("cut off");
    assert_eq!(failure.code, "TEXT_BAD_ARCHIVE");
    assert_eq!(failure.details["format"], "gzip");
    assert_eq!(failure.details["byte"], packed.len() - 1);
    assert_eq!(failure.details["text"], 8);
    let path = scene.write(&gzip(b"1 2\r\n3 \xe9\n"));
    let failure = scene
        .spool(Encoding::Utf8, ROOM)
        .file(&path, 0, &plenty)
        .expect_err("latin1");
    assert_eq!(failure.code, "TEXT_BAD_ENCODING");
    assert_eq!(
        (&failure.details["line"], &failure.details["byte"]),
        (&2.into(), &7.into())
    );
    assert_eq!(failure.details["bytes"][0], "0xe9");
    assert!(
        failure
            .message
            .starts_with("input, line 2: byte 0xe9 (at byte 7 of the text) is not valid utf-8;")
    );
}

#[test]
fn room_is_asked_for_before_it_is_taken_and_never_passed() {
    let scene = Scene::new();
    let asked = Mutex::new(Vec::new());
    let ask = |bytes: u64| {
        asked.lock().expect("no panic").push(bytes);
        Ok(())
    };
    let mut spool = scene.spool(Encoding::Utf8, ROOM);
    for _ in 0..600 {
        spool.push(&[b'1'; 256 << 10], &ask).expect("there is room");
    }
    let asked = asked.into_inner().expect("no panic");
    assert_eq!(asked[0], 1 << 20);
    assert!(asked.iter().all(|bytes| *bytes <= 64 << 20));
    assert!(asked.iter().sum::<u64>() >= 600 * (256 << 10));
    assert!(asked.len() < 12, "{asked:?}");

    let refuse = |_| Err(("full".to_string(), serde_json::json!({ "free": 0 })));
    let failure = scene
        .spool(Encoding::Utf8, ROOM)
        .push(b"1234567890", &refuse);
    assert_eq!(failure.expect_err("no room").code, "NO_SPACE");
    let failure = scene.spool(Encoding::Utf8, 5).push(b"1234567890", &plenty);
    assert_eq!(failure.expect_err("no room").code, "NO_SPACE");
}

#[test]
fn an_abort_ends_it_within_a_step_also_while_a_pipe_is_silent() {
    let scene = Scene::new();
    let text = vec![b'1'; 8 << 20];
    let path = scene.write(&text);
    let watch = scene.watch.clone();
    let during = |_| {
        watch.abort();
        Ok(())
    };
    let failure = scene
        .spool(Encoding::Utf8, ROOM)
        .file(&path, 0, &during)
        .expect_err("aborted");
    assert_eq!(failure.code, "ABORTED");
    assert!(scene.watch.read() <= 256 << 10);

    let scene = Scene::new();
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(b"1 2\n").expect("room in the pipe");
    let reader = File::from(std::os::fd::OwnedFd::from(reader));
    std::thread::scope(|scope| {
        let spooled = scope.spawn(|| {
            scene
                .spool(Encoding::Utf8, ROOM)
                .descriptor(&reader, &plenty)
        });
        scene.watch.abort();
        assert_eq!(
            spooled.join().expect("no panic").expect_err("aborted").code,
            "ABORTED"
        );
    });
    drop(writer);
}

#[test]
fn a_named_pipe_is_waited_for_until_its_writers_have_gone() {
    let scene = Scene::new();
    let path = scene.folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("mkfifo").success());
    let name = path.to_str().expect("a name");
    assert!(!probe(name, "pipe").expect("a pipe").regular);
    std::thread::scope(|scope| {
        let spooled = scope.spawn(|| scene.spool(Encoding::Utf8, ROOM).file(name, 0, &plenty));
        let mut writer = std::fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .expect("a reader");
        writer.write_all(&gzip(b"1 2\n3 4\n")).expect("a reader");
        drop(writer);
        let size = spooled.join().expect("no panic").expect("a text");
        assert_eq!(scene.text(size), b"1 2\n3 4\n");
    });
}

#[test]
fn what_cannot_be_read_is_told_by_its_code() {
    let scene = Scene::new();
    let code = |path: &str| -> &'static str {
        let probed: Failure = probe(path, path).expect_err("nothing to read");
        let spooled = scene.spool(Encoding::Utf8, ROOM).file(path, 0, &plenty);
        assert_eq!(spooled.expect_err("nothing to read").code, probed.code);
        probed.code
    };
    assert_eq!(code("/no/such/file"), "FILE_NOT_FOUND");
    assert_eq!(
        code(scene.folder.path().to_str().expect("a name")),
        "IS_DIRECTORY"
    );
    let socket = scene.folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    assert_eq!(code(socket.to_str().expect("a name")), "NOT_SUPPORTED");
}

#[test]
fn a_file_that_is_written_to_meanwhile_is_told() {
    let scene = Scene::new();
    let path = scene.write(b"1 2 3 4 5 6 7 8 9\n");
    let grow = |_| {
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .expect("the file");
        file.write_all(b"3 4\n").expect("room");
        Ok(())
    };
    let failure = scene
        .spool(Encoding::Latin1, ROOM)
        .file(&path, 0, &grow)
        .expect_err("it grew");
    assert_eq!(failure.code, "INPUT_CHANGED");
}

#[test]
fn lines_become_a_text_and_bytes_do_not_follow_them() {
    let scene = Scene::new();
    let mut spool = scene.spool(Encoding::Latin1, ROOM);
    let items = |bytes, ends, utf8| Items { bytes, ends, utf8 };
    spool
        .push_items(items(b"1 2\n3 4", &[4, 7], false), false, &plenty)
        .expect("lines");
    spool
        .push_items(items("é".as_bytes(), &[2], true), false, &plenty)
        .expect("lines");
    assert_eq!(
        spool.push(b"5", &plenty).expect_err("mixed").code,
        "BAD_ARGUMENT"
    );
    let size = spool.end(&plenty).expect("a text");
    assert_eq!(scene.text(size), "1 2\n3 4\né\n".as_bytes());
    let failure = spool
        .push_items(items(b"a\nb", &[3], true), false, &plenty)
        .expect_err("two lines");
    assert_eq!(
        (failure.code, &failure.details["item"]),
        ("BAD_ARGUMENT", &3.into())
    );
    let bad = scene
        .spool(Encoding::Utf8, ROOM)
        .push_items(items(b"a", &[3], true), false, &plenty);
    assert_eq!(bad.expect_err("no such bytes").code, "BAD_ARGUMENT");
}

#[test]
fn a_look_tells_format_mark_and_size() {
    let scene = Scene::new();
    let look = |bytes: &[u8]| probe(&scene.write(bytes), "input").expect("a file");
    let found = look(b"\xef\xbb\xbf1");
    assert_eq!(
        (found.regular, found.format.name(), found.mark, found.size),
        (true, "plain", true, 4)
    );
    assert_eq!(look(&gzip(b"1")).format.name(), "gzip");
    assert_eq!(look(b"").size, 0);
}

#[test]
fn characters_are_text_already_and_are_not_mixed_with_bytes() {
    let scene = Scene::new();
    let mut spool = scene.spool(Encoding::Utf16, ROOM);
    for text in ["BZh91AY&SY é\n", "€\n"] {
        spool.push_characters(text, &plenty).expect("room");
    }
    let failure = spool.push(b"1", &plenty).expect_err("mixed");
    assert_eq!(failure.code, "BAD_ARGUMENT");
    let size = spool.end(&plenty).expect("a text");
    assert_eq!(scene.text(size), "BZh91AY&SY é\n€\n".as_bytes());
    let mut spool = scene.spool(Encoding::Utf8, ROOM);
    spool.push(b"1", &plenty).expect("room");
    assert!(spool.push_characters("2", &plenty).is_err());
}
