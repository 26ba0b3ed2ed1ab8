# pulumi-wmisec agent: reads what WMI wrote into the Application log. Changes nothing.
#
# Log, provider and event ids are fixed here. A request only says how far to look back. There is no filter by level, because an
# event's level differs between versions of Windows. The code uses the .NET classes behind Get-WinEvent, so no module is loaded.

# Reads the newest 10000 events. Returns at most 200 groups, by id and by what the event is about. Times are UTC by this host's clock.
function Invoke-WmisecReadEvents {
    param($Arguments)

    $sinceMs = Assert-WmisecPeriod $Arguments.sinceMs
    $until = [System.DateTime]::UtcNow
    $since = $until.AddMilliseconds(-$sinceMs)
    # This table compares its keys exactly. A literal @{} does not.
    $found = [System.Collections.Hashtable]::new()
    $truncated = $false
    $reader = Open-WmisecEventReader $sinceMs
    try {
        for ($read = 0; $true; $read++) {
            $record = $reader.ReadEvent()
            if ($null -eq $record) { break }
            try {
                if ($read -ge 10000) {
                    $truncated = $true
                    break
                }
                if (-not (Add-WmisecEvent $found $record)) { $truncated = $true }
            } finally {
                $record.Dispose()
            }
        }
    } finally {
        $reader.Dispose()
    }
    $groups = @(foreach ($group in $found.Values) {
            @{
                id    = $group['Id']
                about = $group['About']
                count = $group['Seen']
                first = (Format-WmisecTime $group['First'])
                last  = (Format-WmisecTime $group['Last'])
            }
        })
    return @{
        since     = (Format-WmisecTime $since)
        until     = (Format-WmisecTime $until)
        groups    = $groups
        truncated = $truncated
    }
}

# From 1 minute to 31 days in milliseconds. The upper bound does not fit into an [int].
function Assert-WmisecPeriod {
    param($Value)

    $whole = ($Value -is [int]) -or ($Value -is [long])
    if ((-not $whole) -or ($Value -lt 60000) -or ($Value -gt 2678400000)) {
        throw (New-WmisecFault 'BadRequest' 'a time from 1 minute to 31 days in milliseconds was expected in the request')
    }
    return $Value
}

# Newest first. timediff counts milliseconds back from this host's own clock.
function Open-WmisecEventReader {
    param([long] $SinceMs)

    $ids = 'EventID=4 or EventID=5600 or EventID=5605 or EventID=5606 or EventID=5614 or EventID=5616'
    $filter = "*[System[Provider[@Name='Microsoft-Windows-WMI'] and ($ids) and TimeCreated[timediff(@SystemTime) <= $SinceMs]]]"
    $log = [System.Diagnostics.Eventing.Reader.PathType]::LogName
    $query = [System.Diagnostics.Eventing.Reader.EventLogQuery]::new('Application', $log, $filter)
    $query.ReverseDirection = $true
    return [System.Diagnostics.Eventing.Reader.EventLogReader]::new($query)
}

# Returns false if there is no room for another group.
function Add-WmisecEvent {
    param([hashtable] $Found, $Record)

    $id = [int] $Record.Id
    $about = Get-WmisecEventText $Record
    $time = $Record.TimeCreated.ToUniversalTime()
    $key = "$id $about"
    $group = $Found[$key]
    if ($null -eq $group) {
        if ($Found.Count -ge 200) { return $false }
        $group = @{ Id = $id; About = $about; Seen = 0; First = $time; Last = $time }
        $Found[$key] = $group
    }
    $group['Seen']++
    # The log is in order of arrival, but a clock may have been set back.
    if ($time -lt $group['First']) { $group['First'] = $time }
    if ($time -gt $group['Last']) { $group['Last'] = $time }
    return $true
}

# Reads by position: the message texts number their inserts, and no documentation names the fields of the event's data. %1 is the
# namespace in 5605 and 5606. %2 is the MOF file in 4.
function Get-WmisecEventText {
    param($Record)

    if (@(4, 5605, 5606) -notcontains $Record.Id) { return '' }
    $at = 0
    if ($Record.Id -eq 4) { $at = 1 }
    if ($Record.Properties.Count -le $at) { return '' }
    $text = [string] $Record.Properties[$at].Value
    return $text.Substring(0, [System.Math]::Min($text.Length, 400))
}

function Format-WmisecTime {
    param([System.DateTime] $Time)

    return $Time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", [System.Globalization.CultureInfo]::InvariantCulture)
}
