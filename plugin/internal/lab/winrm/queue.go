package winrm

import (
	"context"
	"errors"
	"io"
	"sync"
)

// queueSize is how much a stream holds until its writer has to wait, in bytes.
const queueSize = 1 << 20

var errGone = errors.New("the command has ended")

// queue is a bounded pipe between a command and the requests that feed or read it. Unlike io.Pipe it holds data between requests and can
// be waited for together with other things.
type queue struct {
	mu     sync.Mutex
	wake   chan struct{} // closed, and another made, at each change
	buf    []byte
	closed bool // nothing more comes
	broken bool // nobody reads any more
}

func newQueue() *queue { return &queue{wake: make(chan struct{})} }

// changed tells all who wait; the lock is held.
func (q *queue) changed() {
	close(q.wake)
	q.wake = make(chan struct{})
}

// Write blocks while the queue is full.
func (q *queue) Write(p []byte) (int, error) { return q.write(context.Background(), p) }

func (q *queue) write(ctx context.Context, p []byte) (int, error) {
	done := 0
	for {
		q.mu.Lock()
		if q.broken || q.closed {
			q.mu.Unlock()
			return done, errGone
		}
		if n := min(len(p)-done, queueSize-len(q.buf)); n > 0 {
			q.buf = append(q.buf, p[done:done+n]...)
			done += n
			q.changed()
		}
		wake := q.wake
		q.mu.Unlock()
		if done == len(p) {
			return done, nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return done, ctx.Err()
		}
	}
}

// Read blocks while the queue is empty and not closed.
func (q *queue) Read(p []byte) (int, error) {
	for {
		if len(p) == 0 {
			return 0, nil
		}
		data, ended, wake := q.take(len(p))
		if len(data) > 0 {
			return copy(p, data), nil
		}
		if ended {
			return 0, io.EOF
		}
		<-wake
	}
}

// take removes at most n bytes. ended says that nothing is left and nothing will come; wake is closed at the next change.
func (q *queue) take(n int) (data []byte, ended bool, wake <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n = max(0, min(n, len(q.buf)))
	if n > 0 {
		data = q.buf[:n:n]
		if q.buf = q.buf[n:]; len(q.buf) == 0 {
			q.buf = nil
		}
		q.changed()
	}
	return data, len(q.buf) == 0 && (q.closed || q.broken), q.wake
}

// end says that nothing more comes.
func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.closed = true
		q.changed()
	}
}

// abandon drops what is held and fails all writers.
func (q *queue) abandon() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.broken {
		q.broken, q.buf = true, nil
		q.changed()
	}
}
