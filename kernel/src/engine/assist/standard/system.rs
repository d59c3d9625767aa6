//! Time, threads, files and the environment: see `prelude.rs` for how these declarations are read.

pub mod time {
    /// A moment, for measuring how long something takes: `let start = Instant::now();` ... `start.elapsed()`.
    pub struct Instant {}
    impl Instant {
        /// This moment.
        pub fn now() -> Instant {}
        /// The time since that moment.
        pub fn elapsed(&self) -> Duration {}
        /// The time between two moments.
        pub fn duration_since(&self, earlier: Instant) -> Duration {}
    }
    impl Copy for Instant {}
    impl Clone for Instant {}
    impl Ord for Instant {}
    impl Debug for Instant {}
    /// A span of time.
    pub struct Duration {}
    impl Duration {
        /// No time at all.
        pub const ZERO: Duration = 0;
        /// So many whole seconds.
        pub fn from_secs(secs: u64) -> Duration {}
        /// So many seconds, with a fraction.
        pub fn from_secs_f64(secs: f64) -> Duration {}
        /// So many seconds, with a fraction.
        pub fn from_secs_f32(secs: f32) -> Duration {}
        /// So many thousandths of a second.
        pub fn from_millis(millis: u64) -> Duration {}
        /// So many millionths of a second.
        pub fn from_micros(micros: u64) -> Duration {}
        /// So many billionths of a second.
        pub fn from_nanos(nanos: u64) -> Duration {}
        /// In whole seconds, rounded down.
        pub fn as_secs(&self) -> u64 {}
        /// In seconds, with a fraction.
        pub fn as_secs_f64(&self) -> f64 {}
        /// In seconds, with a fraction.
        pub fn as_secs_f32(&self) -> f32 {}
        /// In whole thousandths of a second.
        pub fn as_millis(&self) -> u128 {}
        /// In whole millionths of a second.
        pub fn as_micros(&self) -> u128 {}
        /// In whole billionths of a second.
        pub fn as_nanos(&self) -> u128 {}
        /// The part below a second, in billionths of a second.
        pub fn subsec_nanos(&self) -> u32 {}
        /// True for no time at all.
        pub fn is_zero(&self) -> bool {}
        /// The time so many times longer.
        pub fn mul_f64(self, rhs: f64) -> Duration {}
    }
    impl Copy for Duration {}
    impl Clone for Duration {}
    impl Default for Duration {}
    impl PartialEq for Duration {}
    impl Ord for Duration {}
    impl Debug for Duration {}
    /// A time of the clock on the wall.
    pub struct SystemTime {}
    impl SystemTime {
        /// This moment.
        pub fn now() -> SystemTime {}
        /// The beginning of 1970.
        pub const UNIX_EPOCH: SystemTime = 0;
        /// The time since another moment.
        pub fn duration_since(&self, earlier: SystemTime) -> Result<Duration, SystemTimeError> {}
    }
    /// Says that a moment is later than it should be.
    pub struct SystemTimeError {}
}

pub mod thread {
    /// Runs a closure on a new thread; `join` waits for its result.
    pub fn spawn<F, T>(f: F) -> JoinHandle<T> where F: FnOnce() -> T + Send + 'static, T: Send + 'static {}
    /// Runs threads that may borrow what is around them; all have ended when it returns.
    pub fn scope<'env, F, T>(f: F) -> T where F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T {}
    /// Waits so long.
    pub fn sleep(dur: Duration) {}
    /// How many threads this machine runs at the same time.
    pub fn available_parallelism() -> Result<NonZero<usize>, Error> {}
    /// A thread that runs.
    pub struct JoinHandle<T> {}
    impl<T> JoinHandle<T> {
        /// Waits for the thread; `Err` if it panicked.
        pub fn join(self) -> Result<T, Box<dyn Any + Send>> {}
        /// True if the thread has ended.
        pub fn is_finished(&self) -> bool {}
    }
    /// The place where threads of `thread::scope` begin.
    pub struct Scope<'scope, 'env> {}
}

pub mod fs {
    /// The whole file as text.
    pub fn read_to_string<P: AsRef<Path>>(path: P) -> Result<String, Error> {}
    /// The whole file as bytes.
    pub fn read<P: AsRef<Path>>(path: P) -> Result<Vec<u8>, Error> {}
    /// Writes a whole file; what was in it is lost.
    pub fn write<P: AsRef<Path>, C: AsRef<[u8]>>(path: P, contents: C) -> Result<(), Error> {}
    /// Makes a folder and those above it.
    pub fn create_dir_all<P: AsRef<Path>>(path: P) -> Result<(), Error> {}
    /// Removes a file.
    pub fn remove_file<P: AsRef<Path>>(path: P) -> Result<(), Error> {}
    /// What is in a folder.
    pub fn read_dir<P: AsRef<Path>>(path: P) -> Result<ReadDir, Error> {}
    /// An open file.
    pub struct File {}
    impl File {
        /// Opens a file to read it.
        pub fn open<P: AsRef<Path>>(path: P) -> Result<File, Error> {}
        /// Makes or empties a file to write it.
        pub fn create<P: AsRef<Path>>(path: P) -> Result<File, Error> {}
    }
    impl Read for File {}
    impl Write for File {}
    /// What is in a folder, one after another.
    pub struct ReadDir {}
    /// One file or folder in a folder.
    pub struct DirEntry {}
    impl DirEntry {
        /// Where it is.
        pub fn path(&self) -> PathBuf {}
    }
    impl Iterator for ReadDir { type Item = Result<DirEntry, Error>; }
}

pub mod io {
    /// Why reading or writing failed.
    pub struct Error {}
    impl Display for Error {}
    impl Debug for Error {}
    /// The result of reading or writing.
    pub type Result<T> = std::result::Result<T, Error>;
    /// Something to read bytes from.
    pub trait Read {
        /// Reads some bytes into `buf` and says how many.
        fn read(&mut self, buf: &mut [u8]) -> Result<usize, Error>;
        /// Adds all that is left to `buf`, as text.
        fn read_to_string(&mut self, buf: &mut String) -> Result<usize, Error>;
        /// Adds all that is left to `buf`.
        fn read_to_end(&mut self, buf: &mut Vec<u8>) -> Result<usize, Error>;
        /// Fills `buf`, or fails if there is not enough.
        fn read_exact(&mut self, buf: &mut [u8]) -> Result<(), Error>;
    }
    /// Something to read lines from.
    pub trait BufRead {
        /// An iterator over the lines, without their ends.
        fn lines(self) -> impl Iterator<Item = Result<String, Error>>;
        /// Adds the next line, with its end, to `buf`.
        fn read_line(&mut self, buf: &mut String) -> Result<usize, Error>;
    }
    /// Something to write bytes to.
    pub trait Write {
        /// Writes all bytes.
        fn write_all(&mut self, buf: &[u8]) -> Result<(), Error>;
        /// Hands on what is kept back.
        fn flush(&mut self) -> Result<(), Error>;
    }
    /// Reads in large pieces and gives small ones.
    pub struct BufReader<R> {}
    impl<R: Read> BufReader<R> {
        /// Reads through a buffer.
        pub fn new(inner: R) -> BufReader<R> {}
    }
    impl<R: Read> BufRead for BufReader<R> {}
    impl<R: Read> Read for BufReader<R> {}
    /// Collects small pieces and writes large ones.
    pub struct BufWriter<W: Write> {}
    impl<W: Write> BufWriter<W> {
        /// Writes through a buffer.
        pub fn new(inner: W) -> BufWriter<W> {}
    }
    impl<W: Write> Write for BufWriter<W> {}
    /// Standard output.
    pub fn stdout() -> Stdout {}
    /// Standard output.
    pub struct Stdout {}
    impl Write for Stdout {}
    /// Standard input; a cell has none: `input("...")` asks a person.
    pub fn stdin() -> Stdin {}
    /// Standard input.
    pub struct Stdin {}
}

pub mod env {
    /// A variable of the environment.
    pub fn var<K: AsRef<OsStr>>(key: K) -> Result<String, VarError> {}
    /// The folder that relative paths begin in.
    pub fn current_dir() -> Result<PathBuf, Error> {}
    /// Why a variable could not be read.
    pub enum VarError {}
}

pub mod path {
    /// A borrowed path.
    pub struct Path {}
    impl Path {
        /// The text as a path.
        pub fn new<S: AsRef<OsStr> + ?Sized>(s: &S) -> &Path {}
        /// A path that goes on from this one.
        pub fn join<P: AsRef<Path>>(&self, path: P) -> PathBuf {}
        /// The folder that it is in.
        pub fn parent(&self) -> Option<&Path> {}
        /// The last part.
        pub fn file_name(&self) -> Option<&OsStr> {}
        /// The last part without its ending.
        pub fn file_stem(&self) -> Option<&OsStr> {}
        /// The ending: `csv`.
        pub fn extension(&self) -> Option<&OsStr> {}
        /// True if something is there.
        pub fn exists(&self) -> bool {}
        /// True if a file is there.
        pub fn is_file(&self) -> bool {}
        /// True if a folder is there.
        pub fn is_dir(&self) -> bool {}
        /// An owned copy.
        pub fn to_path_buf(&self) -> PathBuf {}
        /// The path as something that `{}` can show.
        pub fn display(&self) -> impl Display {}
        /// The path as text, if it is valid UTF-8.
        pub fn to_str(&self) -> Option<&str> {}
    }
    /// An owned path.
    pub struct PathBuf {}
    impl PathBuf {
        /// An empty path.
        pub fn new() -> PathBuf {}
        /// Goes on with another part.
        pub fn push<P: AsRef<Path>>(&mut self, path: P) {}
        /// Removes the last part.
        pub fn pop(&mut self) -> bool {}
    }
    impl Deref for PathBuf { type Target = Path; }
    impl Clone for PathBuf {}
    impl From<&str> for PathBuf {}
}
