// Talks to a simulated host by masterzen/winrm, which sends and receives at the same time. Standard input is one line as talk.py takes it, standard
// output what came of it, as talk.py tells it. Of the ways to log in this knows Basic only.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/masterzen/winrm"
)

// What hangs is given up; what is slow is not.
const patience = 2 * time.Minute

type step struct {
	Send  *string         `json:"send"`
	Until json.RawMessage `json:"until"`
}

type asked struct {
	URL         string `json:"url"`
	User        string `json:"user"`
	Password    string `json:"password"`
	Certificate string `json:"certificate"`
	Timeout     int    `json:"timeout"`
	Command     string `json:"command"`
	Steps       []step `json:"steps"`
}

type said struct {
	Output      string  `json:"output"`
	ErrorOutput string  `json:"errorOutput"`
	Exit        *int    `json:"exit"`
	Heard       []int   `json:"heard"`
	Error       *string `json:"error"`
}

// What a process has written so far.
type stream struct {
	mutex sync.Mutex
	bytes bytes.Buffer
}

func (all *stream) Write(more []byte) (int, error) {
	all.mutex.Lock()
	defer all.mutex.Unlock()
	return all.bytes.Write(more)
}

func (all *stream) soFar() []byte {
	all.mutex.Lock()
	defer all.mutex.Unlock()
	return bytes.Clone(all.bytes.Bytes())
}

func main() {
	var ask asked
	if err := json.NewDecoder(os.Stdin).Decode(&ask); err != nil {
		panic(err)
	}
	told := said{Heard: []int{}}
	if err := talk(&ask, &told); err != nil {
		text := err.Error()
		told.Error = &text
	}
	if err := json.NewEncoder(os.Stdout).Encode(told); err != nil {
		panic(err)
	}
}

func talk(ask *asked, told *said) error {
	client, err := clientFor(ask)
	if err != nil {
		return err
	}
	var output, errorOutput stream
	input, feed := io.Pipe()
	fed := make(chan error, 1)
	go func() {
		err := told.feed(ask.Steps, feed, &output)
		feed.CloseWithError(err)
		fed <- err
	}()
	exit, err := client.RunWithInput(ask.Command, &output, &errorOutput, input)
	if err != nil {
		return err
	}
	if err := <-fed; err != nil {
		return err
	}
	told.Exit = &exit
	told.Output = latin1(output.soFar())
	told.ErrorOutput = latin1(errorOutput.soFar())
	return nil
}

func clientFor(ask *asked) (*winrm.Client, error) {
	place, err := url.Parse(ask.URL)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(place.Port())
	if err != nil {
		return nil, err
	}
	trusted, err := os.ReadFile(ask.Certificate)
	if err != nil {
		return nil, err
	}
	endpoint := winrm.NewEndpoint(place.Hostname(), port, true, false, trusted, nil, nil, patience)
	parameters := winrm.NewParameters(fmt.Sprintf("PT%dS", ask.Timeout), "en-US", 153600)
	return winrm.NewClientWithParameters(endpoint, ask.User, ask.Password, parameters)
}

// Sends each step's input when what the one before waits for has come.
func (told *said) feed(steps []step, input io.Writer, output *stream) error {
	for _, step := range steps {
		if step.Send != nil {
			sent, err := base64.StdEncoding.DecodeString(*step.Send)
			if err != nil {
				return err
			}
			if _, err := input.Write(sent); err != nil {
				return err
			}
		}
		if err := waitFor(step.Until, output); err != nil {
			return err
		}
		told.Heard = append(told.Heard, len(output.soFar()))
	}
	return nil
}

// The end of the process is waited for by who runs it.
func waitFor(until json.RawMessage, output *stream) error {
	if until == nil || string(until) == `"done"` {
		return nil
	}
	var text string
	var times int
	if err := json.Unmarshal(until, &[]any{&text, &times}); err != nil {
		return err
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if bytes.Count(output.soFar(), []byte(text)) >= times {
			return nil
		}
	}
	return fmt.Errorf("never came: %s", text)
}

func latin1(all []byte) string {
	text := make([]rune, len(all))
	for index, one := range all {
		text[index] = rune(one)
	}
	return string(text)
}
