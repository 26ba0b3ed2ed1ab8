// The Application log. The query is read for what it asks: ids, provider, and how far back.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace WmisecStandIn
{
    public sealed class EventQuery
    {
        public string Filter { get; }
        public bool ReverseDirection { get; set; }

        public EventQuery(string log, object type, string filter)
        {
            if (log != "Application" || type.ToString() != "LogName") throw new ArgumentException("the stand-in has no log " + log);
            Filter = filter;
        }
    }

    public sealed class EventProperty
    {
        public object Value { get; set; }
    }

    public sealed class Event : IDisposable
    {
        public int Id { get; set; }
        public DateTime? TimeCreated { get; set; }
        public IList<EventProperty> Properties { get; set; }

        public void Dispose() { }
    }

    public sealed class EventReader : IDisposable
    {
        private readonly Queue<Event> events;

        public EventReader(EventQuery query)
        {
            var ids = Regex.Matches(query.Filter, @"EventID=(\d+)").Select(found => int.Parse(found.Groups[1].Value)).ToHashSet();
            string provider = Regex.Match(query.Filter, @"@Name='([^']*)'").Groups[1].Value;
            long within = long.Parse(Regex.Match(query.Filter, @"timediff\(@SystemTime\) <= (\d+)").Groups[1].Value);
            long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            JsonNode log = MachineFolder.Read("events") ?? new JsonArray();
            var asked = log.AsArray().Where(one => ids.Contains((int)one["id"]) && (string)one["provider"] == provider && now - (long)one["time"] <= within);
            events = new Queue<Event>((query.ReverseDirection ? asked.Reverse() : asked).Select(one => new Event
            {
                Id = (int)one["id"],
                TimeCreated = DateTimeOffset.FromUnixTimeMilliseconds((long)one["time"]).LocalDateTime,
                Properties = one["inserts"].AsArray().Select(insert => new EventProperty { Value = (string)insert }).ToList(),
            }));
        }

        public Event ReadEvent() { return events.Count == 0 ? null : events.Dequeue(); }
        public void Dispose() { }
    }
}
